"""What a right delivery is, as Great Expectations expectations: one class a rule, its SQL, its policy."""
