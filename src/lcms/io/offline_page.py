"""A page of one file that opens offline: a template of the package with its styles and scripts."""

from collections.abc import Sequence

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from lcms.io.reference.packaged import packaged_text


def offline_page(
    template: str, styles: Sequence[str], scripts: Sequence[str], **values: object
) -> str:
    """Return a page; template, styles and scripts are files of `data/report`, in their order."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(packaged_text(f"report/{template}")).render(
        styles=[_trusted(name) for name in styles],
        scripts=[_trusted(name) for name in scripts],
        **values,
    )


def _trusted(name: str) -> Markup:
    """Return a script or style of the package, which holds no tag that would end its element."""
    return Markup(packaged_text(f"report/{name}"))  # noqa: S704
