"""The published language of Kentongan: what services say to each other and to the world."""
