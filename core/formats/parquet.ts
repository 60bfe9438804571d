/** Parquet, written with parquetjs-lite and read with hyparquet, which is ten times faster at it. */
export {
  openParquetFileWriter,
  rowsToParquet,
  writeParquetFile,
  type Columns,
  type ColumnType,
  type ParquetFileWriter,
  type ParquetRow,
  type ParquetWriteOptions,
} from './parquet-writer.js';
export {
  openParquet,
  readParquetRows,
  rowsFromParquet,
  type ParquetBatch,
  type ParquetFile,
  type ParquetReadOptions,
} from './parquet-reader.js';
export { bytesSource, fileSource, storeSource, type RangedSource } from './parquet-source.js';
