package engine

// SetMaxLoad lets a test see what happens when more is due than memory takes.
func (e *Engine) SetMaxLoad(n int) { e.maxLoad = n }
