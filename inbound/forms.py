from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from targets.models import SourceSystem

from . import tokens
from .models import ApiToken
from .scopes import Scope


class ApiTokenForm(forms.ModelForm):
    scopes = forms.MultipleChoiceField(
        choices=[(scope.value, f"{scope.label} ({scope.value})") for scope in Scope],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    source_systems = forms.ModelMultipleChoiceField(
        SourceSystem.objects.all(), widget=UnfoldAdminCheckboxSelectMultipleWidget
    )

    class Meta:
        model = ApiToken
        fields = ["name", "scopes", "source_systems", "expires_at"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "expires_at" in self.fields:
            year = timezone.now() + timedelta(days=tokens.DEFAULT_DAYS)
            self.initial.setdefault("expires_at", year)

    def clean_name(self) -> str:
        # Django leaves out a constraint that names a field which is not in the form: revoked_at.
        name: str = self.cleaned_data["name"]
        namesakes = ApiToken.objects.filter(name=name, revoked_at=None).exclude(pk=self.instance.pk)
        if namesakes.exists():
            raise forms.ValidationError("A token of this name exists; revoke it or choose another.")
        return name

    def clean_expires_at(self) -> datetime:
        expires_at = self.cleaned_data["expires_at"]
        latest = timezone.now() + timedelta(days=tokens.MAX_DAYS)
        if not timezone.now() < expires_at <= latest:
            raise forms.ValidationError(f"Choose a time from now to {tokens.MAX_DAYS} days ahead.")
        return expires_at
