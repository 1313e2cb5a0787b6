"""Allauth's forms of the second factor in Unfold's look."""

from typing import Any

from allauth.account.forms import ReauthenticateForm
from allauth.mfa.base import forms as mfa
from allauth.mfa.totp.forms import ActivateTOTPForm
from django.forms import Form
from django.utils.translation import gettext_lazy as _
from unfold.widgets import INPUT_CLASSES


def _look(form: Form, name: str, label: Any, **attributes: str) -> None:
    """Give a form's only field a label, Unfold's classes and the focus."""
    form.fields[name].label = label
    widget = form.fields[name].widget
    widget.attrs.pop("placeholder", None)
    widget.attrs |= {"class": " ".join(INPUT_CLASSES), "autofocus": True, **attributes}


class CodeForm(mfa.AuthenticateForm):
    """The code after the password. A recovery code, which has digits only as well, is accepted too."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Make the form. `user` is a keyword argument."""
        super().__init__(*args, **kwargs)
        _look(self, "code", _("Code"), autocomplete="one-time-code", inputmode="numeric")


class ConfirmByCodeForm(mfa.ReauthenticateForm):
    """A code that confirms a change of the second factor."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Make the form. `user` is a keyword argument."""
        super().__init__(*args, **kwargs)
        _look(self, "code", _("Code"), autocomplete="one-time-code", inputmode="numeric")


class SetUpForm(ActivateTOTPForm):
    """The first code of an authenticator app."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Make the form. `user` is a keyword argument."""
        super().__init__(*args, **kwargs)
        _look(self, "code", _("Code that the app shows"), autocomplete="one-time-code", inputmode="numeric")


class ConfirmByPasswordForm(ReauthenticateForm):
    """The password that confirms a change of the second factor."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Make the form. `user` is a keyword argument."""
        super().__init__(*args, **kwargs)
        _look(self, "password", _("Password"))
        self.fields["password"].help_text = ""
