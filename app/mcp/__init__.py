"""The MCP server: the typed tools, evidence and prompts for any MCP client; it can propose, and never approves."""
