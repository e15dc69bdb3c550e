package cases

// Result is what came of one case.
type Result struct {
	// Pack is "home-furnishing/2015", File its cases.yaml.
	Pack     string    `json:"pack"`
	File     string    `json:"file"`
	Case     string    `json:"case"`
	Line     int       `json:"line"`
	Failures []Failure `json:"failures,omitempty"`
	// Unfinished: the run ended before the story did.
	Unfinished bool `json:"unfinished,omitempty"`
	// Timelines tell of a failed case what happened to its complaints and its actions.
	Timelines []Timeline `json:"timelines,omitempty"`
}

// Passed reports whether everything was found as expected so far.
func (r Result) Passed() bool { return len(r.Failures) == 0 }

// Failure is one expectation that was not met, or an act that did not go as told.
type Failure struct {
	Line  int    `json:"line"`
	At    string `json:"at"`
	What  string `json:"what"`
	Want  string `json:"want"`
	Found string `json:"found"`
}

// Timeline is what happened to one complaint or action, a line each, in the zone of the procedure's numbering.
type Timeline struct {
	// Complaint is what the author calls it; of an action it is the number.
	Complaint string   `json:"complaint"`
	Entries   []string `json:"entries"`
}
