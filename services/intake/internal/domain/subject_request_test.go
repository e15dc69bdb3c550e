package domain

import (
	"testing"
	"time"

	"redress.dev/pkg/fault"
)

var (
	present = Subject{ID: "s", WrappedKey: []byte("key"), Reference: []byte("r")}
	gone    = Subject{ID: "s", EraseTime: now}
)

func TestAskingForAnExportOrErasure(t *testing.T) {
	t.Parallel()
	by := By{Actor: "person:zhao", Time: now}
	tests := []struct {
		name       string
		subject    Subject
		complaints []Complaint
		pending    SubjectRequest
		kind       SubjectRequestKind
		want       string // reason
	}{
		{"an erasure", present, []Complaint{complaint(Closed), complaint(Withdrawn)}, SubjectRequest{}, AskedErasure, ""},
		{"an erasure beside an open one", present, []Complaint{complaint(Closed), complaint(Open)}, SubjectRequest{}, AskedErasure, "SUBJECT_HAS_OPEN_COMPLAINTS"},
		{"an export beside an open complaint", present, []Complaint{complaint(Open)}, SubjectRequest{}, AskedExport, ""},
		{"again", present, nil, SubjectRequest{ID: "r", Requester: "person:qian"}, AskedExport, "SUBJECT_REQUEST_PENDING"},
		{"after the erasure", gone, nil, SubjectRequest{}, AskedExport, "SUBJECT_ERASED"},
	}
	for _, test := range tests {
		r, err := AskOf(test.subject, test.complaints, test.pending, test.kind, 1, "id", by)
		if fault.ReasonOf(err) != test.want || (err == nil) != (r.State == RequestPending) {
			t.Errorf("%s: got %+v, %v; want %q", test.name, r, err, test.want)
		}
	}
}

func TestDecidingARequest(t *testing.T) {
	t.Parallel()
	asked := SubjectRequest{ID: "r", Kind: AskedExport, State: RequestPending, Requester: "person:zhao"}
	if _, err := asked.Approve(By{Actor: "system:zhao", Time: now}); fault.ReasonOf(err) != "SAME_PERSON" {
		t.Errorf("the same subject in another role: %v", err)
	}
	approved, err := asked.Approve(By{Actor: "person:qian", Time: now})
	if err != nil || approved.State != RequestApproved || approved.Decider != "person:qian" || !approved.DecideTime.Equal(now) {
		t.Fatalf("approved %+v, %v", approved, err)
	}
	rejected, err := asked.Reject(By{Actor: "person:zhao", Time: now})
	if err != nil || rejected.State != RequestRejected {
		t.Fatalf("rejected %+v, %v", rejected, err)
	}
	for _, r := range []SubjectRequest{approved, rejected} {
		if _, err := r.Approve(By{Actor: "person:sun", Time: now}); fault.ReasonOf(err) != "SUBJECT_REQUEST_DECIDED" {
			t.Errorf("approved after %v: %v", r.State, err)
		}
		if _, err := r.Reject(By{Actor: "person:sun", Time: now}); fault.ReasonOf(err) != "SUBJECT_REQUEST_DECIDED" {
			t.Errorf("rejected after %v: %v", r.State, err)
		}
	}
	erasure := approved
	erasure.Kind = AskedErasure
	tests := []struct {
		name  string
		r     SubjectRequest
		actor string
		after time.Duration
		want  string
	}{
		{"who asked", approved, "person:zhao", 0, ""},
		{"who approved, at the last moment", approved, "person:qian", ExportLife, ""},
		{"too late", approved, "person:qian", ExportLife + 1, "EXPORT_EXPIRED"},
		{"somebody else", approved, "person:sun", 0, "SUBJECT_REQUEST_NOT_FOUND"},
		{"before the approval", asked, "person:zhao", 0, "EXPORT_NOT_APPROVED"},
		{"rejected", rejected, "person:zhao", 0, "EXPORT_NOT_APPROVED"},
		{"an erasure", erasure, "person:zhao", 0, "SUBJECT_REQUEST_NOT_FOUND"},
	}
	for _, test := range tests {
		if err := test.r.Fetchable(By{Actor: test.actor, Time: now.Add(test.after)}); fault.ReasonOf(err) != test.want {
			t.Errorf("%s: got %v, want %q", test.name, err, test.want)
		}
	}
}

func TestErasing(t *testing.T) {
	t.Parallel()
	s, told, err := Erase(present, []Complaint{complaint(Closed)}, now)
	if err != nil || s.WrappedKey != nil || s.Reference != nil || !s.EraseTime.Equal(now) || told[0].EventVersion != 3 || told[0].Version != 3 {
		t.Errorf("erased %+v, %+v, %v", s, told, err)
	}
	if s, _, err := Erase(present, []Complaint{complaint(Open)}, now); fault.ReasonOf(err) != "SUBJECT_HAS_OPEN_COMPLAINTS" || s.WrappedKey == nil {
		t.Errorf("beside an open complaint: %+v, %v", s, err)
	}
	if _, _, err := Erase(gone, nil, now); fault.ReasonOf(err) != "SUBJECT_ERASED" {
		t.Errorf("twice: %v", err)
	}
	if s, told, back := EraseAgain(present, []Complaint{complaint(Open)}, now); !back || s.WrappedKey != nil || len(told) != 1 {
		t.Errorf("again after a restore: %+v, %v, %v", s, told, back)
	}
	if _, _, back := EraseAgain(gone, nil, now); back {
		t.Error("who is gone came back")
	}
}

func TestCheckQuota(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		limit int
		last  time.Time
		wait  time.Duration // 0: it may
	}{
		{"fewer so far", 5, time.Time{}, 0},
		{"the fifth from the end was an hour ago", 5, now.Add(-time.Hour), 0},
		{"a moment less", 5, now.Add(-time.Hour + time.Second), time.Second},
		{"just now", 5, now, time.Hour},
		{"nobody may", 0, time.Time{}, time.Hour},
		{"less than nobody", -1, time.Time{}, time.Hour},
	}
	for _, test := range tests {
		err := CheckQuota(test.limit, test.last, now)
		f, _ := err.(*fault.Error) //nolint:errorlint // it is not wrapped
		if (err == nil) != (test.wait == 0) || f != nil && (f.RetryDelay != test.wait || f.Reason != "QUOTA_EXCEEDED") {
			t.Errorf("%s: got %v", test.name, err)
		}
	}
}
