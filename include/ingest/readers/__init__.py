"""Readers: from the bytes of a file to sheets of text cells. What the bytes are decides, not what the name says."""
