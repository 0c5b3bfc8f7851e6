module heiiki/pause

go 1.26
