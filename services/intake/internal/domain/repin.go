package domain

// Repin returns c as it runs by another edition of its procedure, which routing decides. A withdrawn or closed complaint follows too:
// the two crossed on their way.
func Repin(c Complaint, to Edition) Complaint {
	if c.Edition == to {
		return c
	}
	c.Edition = to
	return c.changed()
}
