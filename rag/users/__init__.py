"""Who may use a chat that others than its owner reach: names, passwords, sessions."""
