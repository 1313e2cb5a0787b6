from django.apps import AppConfig


class OrdinavoConfig(AppConfig):
    name = "ordinavo"
    verbose_name = "Ordinavo Connect"
