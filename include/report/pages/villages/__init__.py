"""Desa: a tile (or a shape) a village, and a page a village."""
