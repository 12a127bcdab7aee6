"""The documentation as a site: its pages gathered, the reference written from the declarations, built by Sphinx."""
