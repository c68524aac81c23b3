# Raises an error whose str() ends the process.
import os
class Nasty(Exception):
    def __str__(self):
        os._exit(0)
def causal_mask(T):
    raise Nasty
