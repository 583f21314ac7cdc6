"""What lies in the inbox: which files are complete, and who has claimed them."""
