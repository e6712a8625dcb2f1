package shift

// Action is what a step does: one of the types of this file, and no other.
type Action interface{ action() }

// Of duty. An officer reports for duty, or a dispatcher brings the officer on, as the step's By says.
type (
	// OnDuty begins an officer's shift, with the person's team and call sign.
	OnDuty struct{ Officer PersonNo }
	// OffDuty ends it. The officer has no task then.
	OffDuty struct{ Officer PersonNo }
)

// Of dispatches and tasks. Officers do them, or dispatchers for one whose phone is out of coverage, by radio.
type (
	// CreateDispatch makes a dispatch and its conversation.
	CreateDispatch struct{ Dispatch DispatchNo }
	// CloseDispatch closes one whose tasks are all cleared.
	CloseDispatch struct{ Dispatch DispatchNo }
	// Assign gives a task to its officer. Duplicates are not assigned but come with Suspend.
	Assign struct{ Task TaskNo }
	// Start takes a task from assigned to on_route.
	Start struct{ Task TaskNo }
	// Arrive takes a task from on_route to on_scene.
	Arrive struct{ Task TaskNo }
	// Clear ends a task, whatever its status.
	Clear struct{ Task TaskNo }
	// Suspend clears a started task and assigns its duplicate, to be started later.
	Suspend struct{ Task, Duplicate TaskNo }
)

// Of conversations.
type (
	// CreateConversation makes a personal conversation and its first invitations, those of the Conversation.
	CreateConversation struct{ Conversation ConversationNo }
	// Invite makes an invitation into a conversation that exists.
	Invite struct{ Invitation InvitationNo }
	// Cancel takes an unanswered invitation back.
	Cancel struct{ Invitation InvitationNo }
	// Accept joins by an invitation.
	Accept struct{ Invitation InvitationNo }
	// Reject declines an invitation. In a Single it also leaves.
	Reject struct{ Invitation InvitationNo }
	// Comment joins a dispatch's conversation and writes a message, or none.
	Comment struct {
		Dispatch DispatchNo
		Message  MessageNo
	}
	// Leave leaves a conversation and takes it off the panel.
	Leave struct{ Conversation ConversationNo }
	// Post writes a message.
	Post struct{ Message MessageNo }
	// Acknowledge confirms an urgent message.
	Acknowledge struct{ Message MessageNo }
	// Read marks a conversation read as far as the device has it.
	Read struct{ Conversation ConversationNo }
)

// Of devices and the server.
type (
	// Background puts the app away.
	Background struct{}
	// Foreground takes it out again.
	Foreground struct{}
	// Kill ends the app in the background, without a word to anyone. What it stored stays.
	Kill struct{}
	// Restart starts a killed app, in the foreground.
	Restart struct{}
	// KillServer ends the server by SIGKILL; it is started again at once.
	KillServer struct{}
)

func (OnDuty) action()             {}
func (OffDuty) action()            {}
func (CreateDispatch) action()     {}
func (CloseDispatch) action()      {}
func (Assign) action()             {}
func (Start) action()              {}
func (Arrive) action()             {}
func (Clear) action()              {}
func (Suspend) action()            {}
func (CreateConversation) action() {}
func (Invite) action()             {}
func (Cancel) action()             {}
func (Accept) action()             {}
func (Reject) action()             {}
func (Comment) action()            {}
func (Leave) action()              {}
func (Post) action()               {}
func (Acknowledge) action()        {}
func (Read) action()               {}
func (Background) action()         {}
func (Foreground) action()         {}
func (Kill) action()               {}
func (Restart) action()            {}
func (KillServer) action()         {}
