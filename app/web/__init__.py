"""The web app: chat, evidence and proposals on 127.0.0.1. Only these modules import NiceGUI."""
