"""What runs containers, behind one port: a Docker engine, process groups, or a simulation on a held clock."""
