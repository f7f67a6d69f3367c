"""What articles come from besides files: web pages, feeds and sitemaps, asked politely and under limits."""
