"""The packages for frameworks, each under the name of its framework.

May import: the standard library. A framework's package is loaded by whoever asks for a name in it.
"""
