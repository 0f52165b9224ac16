module calloff/supervisor

go 1.27
