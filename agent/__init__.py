"""The agent: a graph that plans, calls tools through the gateway, proposes, and answers with bound figures."""
