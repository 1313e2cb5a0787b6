"""The bottom layer: what every app may use. Imports no other package of this project."""
