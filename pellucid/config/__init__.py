"""The settings, the start and the health of an installation: everything that is not the product."""
