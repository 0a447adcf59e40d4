"""What notify decides, without knowing how anything is stored or sent."""
