"""The roll-up over all regencies: how they and their OPDs fare, from what each has published. No person is in it."""
