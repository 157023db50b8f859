"""The packages for frameworks, each under the name of its framework.

And what they share. May import: `formats`. A framework's package is loaded by whoever asks for a name
in it.
"""
