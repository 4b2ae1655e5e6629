"""Mails on their way out: letters become messages, messages reach a server or a folder."""
