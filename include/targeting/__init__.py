"""Who should be reached: the registries of poor families, matched with one another."""
