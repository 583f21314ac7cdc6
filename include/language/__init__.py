"""How finished text looks, whoever shows it: Indonesian words for figures and days, and text from outside made harmless."""
