// The idle connections of a server in the order they may be let go: those that never sent an octet, oldest accept first,
// then the others by the time since their last answer. Linked through the connections; every call costs the same.

/** What the list holds. The list owns the three members. */
export interface IdleEntry {
  idleNext: IdleEntry | undefined;
  idlePrevious: IdleEntry | undefined;
  /** The queue it stands in. */
  idleQueue: IdleQueue | undefined;
}

/** One order of entries, oldest first. */
export class IdleQueue {
  oldest: IdleEntry | undefined;
  #newest: IdleEntry | undefined;

  add(entry: IdleEntry): void {
    const last = this.#newest;
    entry.idleQueue = this;
    entry.idlePrevious = last;
    if (last === undefined) this.oldest = entry;
    else last.idleNext = entry;
    this.#newest = entry;
  }

  remove(entry: IdleEntry): void {
    const { idleNext: next, idlePrevious: previous } = entry;
    if (previous === undefined) this.oldest = next;
    else previous.idleNext = next;
    if (next === undefined) this.#newest = previous;
    else next.idlePrevious = previous;
    entry.idleQueue = undefined;
    entry.idleNext = undefined;
    entry.idlePrevious = undefined;
  }
}

export class IdleList<Entry extends IdleEntry> {
  readonly #silent = new IdleQueue();
  readonly #answered = new IdleQueue();
  size = 0;
  /** How many of them never sent an octet. */
  silentSize = 0;

  /** The entry is idle from now on: `isSilent` when it never sent an octet. One that stands in the list moves to its end. */
  add(entry: Entry, isSilent: boolean): void {
    this.remove(entry);
    (isSilent ? this.#silent : this.#answered).add(entry);
    this.size++;
    if (isSilent) this.silentSize++;
  }

  /** The entry is not idle any more. Nothing happens when it was not. */
  remove(entry: Entry): void {
    if (entry.idleQueue === undefined) return;
    if (entry.idleQueue === this.#silent) this.silentSize--;
    entry.idleQueue.remove(entry);
    this.size--;
  }

  /** The one to let go first. */
  get oldest(): Entry | undefined {
    return (this.#silent.oldest ?? this.#answered.oldest) as Entry | undefined;
  }

  /** Of those that never sent an octet, the one that was accepted first. */
  get oldestSilent(): Entry | undefined {
    return this.#silent.oldest as Entry | undefined;
  }

  /** Of those that were answered, the one that has been idle the longest. */
  get oldestAnswered(): Entry | undefined {
    return this.#answered.oldest as Entry | undefined;
  }
}
