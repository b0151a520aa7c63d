"""Read `models.toml`: a model per tier, and the caps on what they may cost. Light: asking whether there is one costs nothing."""

from finops.model_tiers import Models
from gateway.home import Home
from gateway.toml_settings import parse_settings, read_settings


def load_models(home: Home) -> Models:
    """Return the settings, the default ones where there is no file. Raises `BadFile` with the place and the fix."""
    text = read_settings(home.models)
    return Models() if text is None else parse_settings(Models, str(home.models), text, docs="see docs/models.md")
