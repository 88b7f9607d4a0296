"""One module per `lcms <step>`: read, call pure functions, write."""
