"""What a Python program uses inside of the sandbox: HTTP, and a small face for each capability.

Each module asks for its own interface alone, and a component is built with those that its sources import: who does not
import `atoll_guest.key_value` asks for no store.
"""
