/** parquetjs-lite 0.8 ships no types; this declares the part of it that core/formats/parquet-writer.ts uses. */
declare module 'parquetjs-lite' {
  export interface LeafField {
    type: 'UTF8' | 'INT32' | 'INT64' | 'FLOAT' | 'DOUBLE' | 'BOOLEAN';
    optional?: boolean;
    repeated?: boolean;
    compression?: 'UNCOMPRESSED' | 'GZIP' | 'SNAPPY';
    /** Minimum and maximum of each page; written unless false. */
    statistics?: boolean;
  }

  interface GroupField {
    type?: 'LIST';
    optional?: boolean;
    repeated?: boolean;
    fields: Record<string, LeafField | GroupField>;
  }

  interface OutputStream {
    write(bytes: Buffer, done: (error?: Error | null) => void): void;
    end(done: (error?: Error | null) => void): void;
  }

  interface WriterOptions {
    /** rows */
    rowGroupSize?: number;
    /** rows, too */
    pageSize?: number;
    pageIndex?: boolean;
  }

  /** Opaque: made by `new ParquetSchema(fields)`, taken by the writer. */
  interface ParquetSchema {
    schema: Record<string, LeafField | GroupField>;
  }

  /** A column's page that is not encoded yet: levels of all rows, values of those that have one. */
  export interface ColumnBuffer {
    dlevels: number[];
    rlevels: number[];
    values: unknown[];
    count: number;
  }

  /** The row group at work; empty until its first row was appended. */
  export interface RowBuffer {
    columnData?: Record<string, ColumnBuffer>;
    /** rows of the group */
    rowCount: number;
    /** rows of the page that is not encoded yet */
    pageRowCount: number;
  }

  interface ParquetWriter {
    readonly rowBuffer: RowBuffer;
    /** Throws strings, not errors. Must be awaited: a call during a row-group flush corrupts the file. */
    appendRow(row: Record<string, unknown>): Promise<void>;
    setMetadata(key: string, value: string): void;
    close(): Promise<void>;
  }

  const parquetjs: {
    ParquetSchema: new (fields: Record<string, LeafField | GroupField>) => ParquetSchema;
    ParquetWriter: {
      openStream(
        schema: ParquetSchema,
        stream: OutputStream,
        options?: WriterOptions,
      ): Promise<ParquetWriter>;
    };
  };
  export default parquetjs;
}
