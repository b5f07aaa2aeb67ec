"""Read what comes from outside: messages, files, look-up tables, other services. No database and no settings."""
