from page import with_section

PAGE = (
    "# Benchmarks\n\nHow fast.\n\n## Speed\n\nold\n\n### Of files\n\nold too\n\n## Errors\n\nfew\n"
)


def test_a_section_replaces_its_namesake_with_all_that_stands_below_it() -> None:
    page = with_section(PAGE, "# Speed\n\nnew\n\n## Of runs\n\nnew too\n")

    assert page == (
        "# Benchmarks\n\nHow fast.\n\n## Speed\n\nnew\n\n### Of runs\n\nnew too\n\n"
        "## Errors\n\nfew\n"
    )


def test_a_new_section_comes_last() -> None:
    assert with_section(PAGE, "# Scale\n\nlarge\n").endswith("few\n\n## Scale\n\nlarge\n")
