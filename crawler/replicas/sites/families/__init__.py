"""One module per family: the pages of a site as that software serves them."""
