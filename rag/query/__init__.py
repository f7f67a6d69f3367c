"""A request to a query: what is asked, of which day, after which turns."""
