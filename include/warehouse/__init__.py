"""The only package that opens the warehouse for writing: loading, the ledger, the configuration as rows."""
