"""The pages for readers: the site, both READMEs, and whether what they tell people to type works."""
