/** Puts documents' numbers, uint32, into the order of their docIds. */
@external('env', 'sortByDocId')
export declare function sortByDocId(docs: usize, count: i32): void;
