"""Provinsi."""
