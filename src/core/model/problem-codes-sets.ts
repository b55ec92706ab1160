/** Problems of sets of images (CRIU) and of what container engines put beside them. */
import type { ProblemEntry } from "./problem-entry.ts";
import { error, note, warning } from "./problem-entry.ts";

const AGAIN = "Dump again, or copy the set again and compare the sizes.";
const REFUSES = "A restore refuses this set. Look at the bytes: one damaged number is often all there is.";
const COPY = "Look for the file where the set came from: perhaps it was not copied.";
const LOOK = "Look at the record and its neighbours.";
const NEWER = "Nothing is lost: the fields are shown with their bytes. Use a CRIU at least as new as the writer's to restore.";

export const SET_PROBLEM_CODES = {
  // the set
  "set.no-inventory": error("The set has no inventory.img, which CRIU writes last: the dump was aborted, or the file was lost.", "Read dump.log for the reason. A restore refuses the set."),
  "set.version": error("The inventory announces a version of the images that no CRIU reads.", REFUSES),
  "set.inventory": error("The inventory has a value that CRIU does not accept.", REFUSES),
  "set.no-pstree": error("The set has no process tree.", COPY),
  "set.image-missing": error("An image that the task tree or other images ask for is missing.", COPY),
  "set.part": note("A single image or a few were opened, and not the set that they belong to.", "Open the whole directory to see what they name in other images, and to have that checked."),
  "set.image-orphan": warning("An image belongs to nothing that the other images know.", "Perhaps two sets were mixed in one folder."),
  "set.magic-form": warning("The head of an image contradicts the version in the inventory.", "CRIU refuses a head of the other form."),
  "set.byte-order": warning("Images of the set have different byte orders.", "Perhaps two sets were mixed."),
  "set.machine": warning("Threads of the set were saved on different machines, or the registers are not those of the announced one.", "A restore needs one machine."),
  "set.newer": note("The set has fields, image types or numbers that CRIU 4.2 does not have.", NEWER),
  "set.unknown-image": warning("The file has no known head and no known name.", "It is shown as bytes. If it should be an image, its beginning may be damaged."),
  "set.image-name": warning("The head of an image says another type than its name.", "CRIU goes by the name and refuses the head."),
  "set.extra-entries": warning("An image that has one entry has more.", "CRIU reads the first and ignores the others."),
  "set.options": note("The dump was made with an option that a restore must repeat.", "Give the option to criu restore too."),
  // messages
  "proto.damage": error("A message is damaged: its fields cannot be read to the end.", AGAIN),
  "proto.wire-type": error("A field has another encoding than its description.", REFUSES),
  "proto.missing": warning("A field that every writer sets is missing.", "CRIU refuses a message without it."),
  "proto.enum": warning("A field has a number that stands for nothing known.", "Perhaps a newer CRIU wrote it."),
  "frame.padding": note("Bytes that only fill up to a border are not zero.", "CRIU ignores them: perhaps somebody hid something, or the sizes before them are wrong."),
  "proto.text": note("A text is not UTF-8.", "Paths may hold any bytes; the text is shown byte by byte."),
  // tasks
  "pid.root": error("The task tree does not have exactly one root.", REFUSES),
  "pid.large": warning("A pid is larger than any that Linux gives (4,194,304).", LOOK),
  "pid.order": error("A parent stands after its child in the task tree.", REFUSES),
  "task.thread": error("Two threads of the set have the same id, or a task's first thread is another.", REFUSES),
  "task.shared-id": warning("Two tasks have the same id for something that CRIU never lets tasks share.", LOOK),
  "task.state": error("A task has a state that CRIU does not write.", REFUSES),
  "core.count": error("A list of the core image does not have the length that it must have.", REFUSES),
  "core.registers": error("The floating point state does not have all its registers.", REFUSES),
  "timer.value": error("A time of a timer is negative or has too many nanoseconds.", REFUSES),
  // memory
  "vma.status": error("A region has status bits that are only valid during a restore.", REFUSES),
  "vma.object": error("A shared region refers to a shared memory object that is not in the set.", REFUSES),
  "mm.range": warning("Arguments, environment, heap or stack of a task lie outside its regions.", LOOK),
  "pagemap.order": error("Entries of a pagemap are not in ascending order, or overlap.", REFUSES),
  "pagemap.empty": error("An entry of a pagemap has no pages.", REFUSES),
  "pagemap.wrap": error("An entry of a pagemap goes beyond the address space.", REFUSES),
  "pagemap.outside": warning("Stored pages lie outside every region of the task, or beyond the end of the object.", "A restore refuses pages outside private regions."),
  "pages.missing": error("The file with the page contents is not in the set.", `${COPY} With a page server, its directory has them: open both directories together.`),
  "pages.short": error("The file with the page contents ends too early: the last pages are missing.", AGAIN),
  "pages.long": warning("The file with the page contents is longer than all its pages together.", LOOK),
  "pages.twice": warning("Two pagemaps name the same file of page contents.", LOOK),
  "pages.unused": warning("No pagemap names this file of page contents.", "Perhaps a pagemap was lost, or two sets were mixed."),
  "pages.lazy": note("Pages were left to be sent over the network (--lazy-pages): their contents are not in the set.", "Their contents went to the restoring host, or were lost."),
  "chain.missing": error("Pages are said to be in a parent image, and the parent is not there.", "Open the folder that holds both directories, or both archives together."),
  "chain.loop": error("The parent links form a loop.", "Correct the `parent` link of the directory."),
  "chain.depth": error("There are more parents than are followed.", "Look at the `parent` links."),
  "chain.outside": warning("The parent link leads out of what was opened.", "Open the folder that holds both directories."),
  "chain.guessed": note("The parent link itself is not there: the parent was found by the pages that it must hold.", "Browsers do not show symbolic links of folders; an archive keeps them."),
  // files
  "memfd.inode": error("An open memfd names an inode that memfd.img does not have.", COPY),
  "file.dangling": error("A descriptor, region or task refers to an open file that is not in the set.", REFUSES),
  "file.duplicate": error("Two open files have the same type and id.", REFUSES),
  "file.id": warning("An open file has two ids that differ.", LOOK),
  "file.unused": note("Nothing refers to an open file.", "A restore does not open it."),
  "file.message": error("An open file lacks the part that its type must have.", REFUSES),
  "remap.target": error("A deleted file is to come back as something that is not in the set.", REFUSES),
  "ghost.chunks": error("Chunks of a ghost file overlap, are out of order, or lie beyond its size.", REFUSES),
  "pipe.data": error("Data waits in a pipe that no open file is an end of, or the data of a pipe stands there twice.", LOOK),
  "lock.descriptor": warning("A file lock names a descriptor that its task does not have.", LOOK),
  "bpf.data": error("There are contents of a BPF map that no open file is.", REFUSES),
  "epoll.target": warning("An epoll file watches a descriptor that its owner does not have.", "CRIU finds the target by device and inode when the number was reused."),
  "socket.peer": note("The other end of a unix socket is not in the set.", "It needs the option --ext-unix-sk at dump and restore."),
  "queue.target": error("Data waits for a socket that is not in the set.", REFUSES),
  "queue.rights": error("A packet in a socket carries more than one list of open files.", REFUSES),
  "tcp.stream": error("An established connection has no image with its queues.", COPY),
  "tty.info": error("An open terminal, or data that waits, refers to a terminal that is not in the set.", REFUSES),
  "tty.index": error("The index of a pseudoterminal is not the one that its id is made from.", REFUSES),
  // system
  "namespace.missing": warning("A namespace of its own has no image.", COPY),
  "cgroup.set": error("A task refers to control groups that are not in the set.", REFUSES),
  "seccomp.chain": error("A seccomp filter refers to one that is not in the set, or to a later one.", REFUSES),
  "mount.root": error("A mount namespace does not have exactly one root.", REFUSES),
  "mount.parent": error("The mount above a mount is not in the image, or mounts are above each other in a circle.", REFUSES),
  "tcp.options": error("A connection lacks a field that its options need.", REFUSES),
  "mount.name": error("A mount names its file system although its type needs no name.", REFUSES),
  "mount.duplicate": error("Two mounts have the same number.", REFUSES),
  "stats.pages": warning("The statistics count other pages than the images hold.", "Pages were lost after the dump, or the statistics belong to another set."),
  "log.unfinished": warning("The log of the dump does not end with success.", "The last errors in the log say why: see the Log table."),
  "log.error": warning("The log of a run that failed has an error.", "Errors come in the order in which they spread: the first one is often the cause."),
  "netlink.damage": warning("A dump of the network configuration cannot be read to its end.", LOOK),
  // beside the images
  "json.damaged": error("A JSON file of the archive cannot be read to its end.", AGAIN),
  "container.file": warning("A file that the engine writes into every such archive is missing or has another form.", LOOK),
} as const satisfies Record<string, ProblemEntry>;
