"""From notebooks to pages, and from pages to a site."""
