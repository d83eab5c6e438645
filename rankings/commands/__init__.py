"""The commands, by what they are about; `rankings.cli` puts them under one name."""
