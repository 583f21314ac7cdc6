"""Reading what the OPDs send: from an archived original to rows of text in the landing folder."""
