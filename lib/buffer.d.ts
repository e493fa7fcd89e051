// Methods of Buffer that Node has always had and does not document: what its own http is built on, since they decode
// and encode without looking at an encoding's name.

// eslint-disable-next-line @typescript-eslint/no-unused-vars -- has to be declared as the type that it adds to
interface Buffer<TArrayBuffer extends ArrayBufferLike = ArrayBufferLike> {
  latin1Slice (start?: number, end?: number): string
  utf8Slice (start?: number, end?: number): string
  latin1Write (text: string, offset?: number, length?: number): number
  utf8Write (text: string, offset?: number, length?: number): number
}
