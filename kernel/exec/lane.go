package exec

// Lanes is an engine that can run cells of several lanes at the same time. A cell sees the
// definitions of those that had ended when it was checked, and of earlier ones in its own lane;
// cells of two lanes join the session in the order in which they end.
type Lanes interface {
	// InterruptLane is Interrupt for the cell of one lane.
	InterruptLane(lane string)
	// CloseLane forgets a lane to which no more cells will come; one that runs ends first.
	CloseLane(lane string)
}

// Lookahead is an engine that uses the time in which a cell runs to check and compile those that
// wait behind it. That it does changes nothing but the time that they take.
type Lookahead interface {
	// Announce says that the cell with this text will be executed in the lane after those announced
	// before. It does not wait. A cell that is executed takes back its own announcement and those
	// before it.
	Announce(lane, code string)
	// Withdraw takes back what was announced in the lane and has not been executed.
	Withdraw(lane string)
}
