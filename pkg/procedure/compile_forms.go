package procedure

import (
	"fmt"
	"strings"

	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
)

// compileForms takes over the printable forms; everything that they show is known by now.
func (c *compiler) compileForms() {
	for _, in := range c.in.GetForms() {
		path := at("forms", in.GetKey())
		f := &Form{
			Key: in.GetKey(), Name: label(in.GetName()), Prefix: in.GetPrefix(), Signers: in.GetSigners(),
			Opens: c.plainly(path+".opens", in.GetOpens()),
		}
		for _, s := range in.GetStages() {
			here := at(path+".stages", s.GetKey())
			stage := FormStage{Key: s.GetKey(), Name: label(s.GetName()), Done: c.plainly(here+".done", s.GetDone())}
			for i, item := range s.GetItems() {
				stage.Items = append(stage.Items, c.formItem(fmt.Sprintf("%s.items[%d].ref", here, i), item))
			}
			f.Stages = append(f.Stages, stage)
		}
		unique(c, path+".stages", f.Stages, func(s FormStage) string { return s.Key })
		for i, step := range f.Signers {
			if !c.opensWork(step) {
				c.found(StepUnknown, fmt.Sprintf("%s.signers[%d]", path, i), "no flow has a task, question or approval %q that could be a signature", step)
			}
		}
		c.out.Forms = append(c.out.Forms, f)
	}
	unique(c, "forms", c.out.Forms, func(f *Form) string { return f.Key })
	unique(c, "forms.prefix", c.out.Forms, func(f *Form) string { return f.Prefix })
}

// plainly compiles a trigger that waits for no content: a form is read from the complaint's timeline, which does not keep it apart.
func (c *compiler) plainly(path string, in *procedurev1.Trigger) Trigger {
	t := c.trigger(path, in)
	if len(t.Content) > 0 {
		c.found(FormInvalid, path+".content", "a form does not look at content; name what happens alone")
	}
	return t
}

// formItem compiles a box, and sees that what is to stand in it exists.
func (c *compiler) formItem(path string, in *procedurev1.FormItem) FormItem {
	item := FormItem{Ref: in.GetRef()}
	group, rest, _ := strings.Cut(in.GetRef(), ".")
	item.Group, item.Key = group, rest
	known, name := false, Label{}
	switch group {
	case "received":
		known, name = rest == "", Label{"受理时间", "Received"}
	case "channel":
		known, name = rest == "", Label{"受理渠道", "Channel"}
	case "fields":
		item.Field, known = c.out.Field(rest)
		name = item.Field.Name
	case "values":
		known = c.ruled[rest]
	case "answers":
		item.Of, item.Key, _ = strings.Cut(rest, ".")
		item.Field, name, known = c.answered(item.Of, item.Key)
	case "milestones":
		known, name = c.milestones()[rest], c.milestoneName(rest)
	case "visits":
		v, ok := c.out.Visit(rest)
		if known = ok; ok {
			name = v.Name
		}
	}
	if !known {
		c.found(FormInvalid, path, "there is no %q to show; write received, channel, fields.<key>, values.<target>, answers.<step>.<field>, "+
			"answers.<step>.outcome, milestones.<name> or visits.<plan>", in.GetRef())
	}
	item.Name = label(in.GetName())
	if item.Name == (Label{}) {
		item.Name = orKey(name, in.GetRef())
	}
	return item
}

// answered finds what work of a step, or a visit, records under a key.
func (c *compiler) answered(of, key string) (Field, Label, bool) {
	forms := [][]Field{}
	if v, ok := c.out.Visit(of); ok {
		forms = append(forms, v.Form)
	}
	for _, f := range c.out.Flows {
		s, ok := f.Step(of)
		if ok && key == Outcome && (s.Kind == Question || s.Kind == Approval) {
			return Field{}, s.Name, true
		}
		if ok {
			forms = append(forms, s.Form)
		}
	}
	for _, form := range forms {
		if f, ok := find(form, key, func(f Field) string { return f.Key }); ok {
			return f, f.Name, true
		}
	}
	return Field{}, Label{}, false
}

// milestoneName names a milestone by the first step that reaches it.
func (c *compiler) milestoneName(milestone string) Label {
	for _, f := range c.out.Flows {
		if s, ok := find(f.Steps, milestone, func(s *Step) string { return s.Milestone }); ok {
			return s.Name
		}
	}
	return Label{}
}
