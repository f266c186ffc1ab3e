"""Section "Pages and calls": the product's own tables, filled set-wise, measured through its real doors."""
