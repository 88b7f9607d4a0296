"""How Sphinx makes the site of the documentation (`make site`); its pages are Markdown."""

from typing import Any, Final

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml

import lcms

project: Final = "lcms-lactoyl"
author: Final = "the maintainers of lcms-lactoyl"
project_copyright: Final = "2026, the maintainers of lcms-lactoyl"
release: Final = lcms.__version__

extensions: Final = ["myst_parser", "sphinx_copybutton"]
# The source is the repository, so that a link between two pages is the same here and on a forge.
include_patterns: Final = ["docs/*.md", "config/README.md", "CONTRIBUTING.md", "CHANGELOG.md"]
root_doc: Final = "docs/index"
nitpicky: Final = True

myst_enable_extensions: Final = ["dollarmath"]
myst_heading_anchors: Final = 4

html_theme: Final = "furo"
html_title: Final = f"lcms-lactoyl {release}"
html_extra_path: Final = ["site"]  # index.html, which leads to docs/index.html
html_static_path: Final = ["site/_static"]
html_css_files: Final = ["site.css"]
html_show_sphinx: Final = False
html_copy_source: Final = False
math_numfig: Final = False
html_math_renderer: Final = "mathml"

copybutton_prompt_text: Final = "$ "
copybutton_only_copy_prompt_lines: Final = True


def _inline(translator: Any, node: nodes.math) -> None:  # noqa: ANN401  (Sphinx has no type)
    translator.body.append(tex2mathml(node.astext()))
    raise nodes.SkipNode


def _block(translator: Any, node: nodes.math_block) -> None:  # noqa: ANN401
    translator.body.append(tex2mathml(node.astext().strip(), as_block=True))
    raise nodes.SkipNode


def setup(app: Any) -> dict[str, bool]:  # noqa: ANN401
    """Write formulas as MathML, which browsers show without a script from elsewhere."""
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
