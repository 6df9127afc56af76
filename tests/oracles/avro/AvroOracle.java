import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.util.internal.Accessor;

/**
 * What Avro's own Java library does with pairs of schemas. Reads lines of JSON from standard input: {"seed": N,
 * "records": N, "a": SCHEMA, "b": SCHEMA}, the schemas as text. Writes a line for each: {"refused": {"a": why}} where the
 * library refuses a schema, otherwise {"ab": WITNESS, "ba": WITNESS}: a value that was written with the second schema and
 * that the first one does not read, or not as it was; null when there is none, false when no value can be written.
 */
public final class AvroOracle {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Random values of a schema. */
  private static final class Values {
    private final Random random;

    Values(Random random) {
      this.random = random;
    }

    Object of(Schema schema, int depth) {
      switch (schema.getType()) {
      case NULL:
        return null;
      case BOOLEAN:
        return random.nextBoolean();
      case INT:
        return random.nextInt(4) == 0 ? random.nextInt() : random.nextInt(100) - 10;
      case LONG:
        return random.nextInt(4) == 0 ? random.nextLong() : (long) random.nextInt(100) - 10;
      case FLOAT:
        return (float) random.nextInt(64) / 4;
      case DOUBLE:
        return (double) random.nextInt(64) / 8;
      case STRING:
        return "s" + random.nextInt(10);
      case BYTES:
        return ByteBuffer.wrap(("b" + random.nextInt(10)).getBytes(StandardCharsets.UTF_8));
      case FIXED: {
        byte[] bytes = new byte[schema.getFixedSize()];
        random.nextBytes(bytes);
        return new GenericData.Fixed(schema, bytes);
      }
      case ENUM: {
        List<String> symbols = schema.getEnumSymbols();
        return new GenericData.EnumSymbol(schema, symbols.get(random.nextInt(symbols.size())));
      }
      case ARRAY: {
        List<Object> list = new ArrayList<>();
        for (int i = depth > 4 ? 0 : random.nextInt(3); i > 0; --i)
          list.add(of(schema.getElementType(), depth + 1));
        return new GenericData.Array<>(schema, list);
      }
      case MAP: {
        Map<String, Object> map = new HashMap<>();
        for (int i = depth > 4 ? 0 : random.nextInt(3); i > 0; --i)
          map.put("k" + random.nextInt(5), of(schema.getValueType(), depth + 1));
        return map;
      }
      case UNION: {
        List<Schema> types = schema.getTypes();
        int start = random.nextInt(types.size());
        for (int i = 0; depth > 4 && i < types.size(); ++i) {
          Schema one = types.get((start + i) % types.size());
          if (one.getType() != Schema.Type.RECORD)
            return new Branch((start + i) % types.size(), of(one, depth + 1));
        }
        return new Branch(start, of(types.get(start), depth + 1));
      }
      case RECORD: {
        if (depth > 40)
          throw new IllegalStateException("the record never ends");
        GenericData.Record record = new GenericData.Record(schema);
        for (Schema.Field field : schema.getFields())
          record.put(field.pos(), of(field.schema(), depth + 1));
        return record;
      }
      default:
        throw new IllegalStateException("unknown type " + schema.getType());
      }
    }
  }

  /** A value of a union with the branch that it was made for. */
  private static final class Branch {
    final int index;
    final Object value;

    Branch(int index, Object value) {
      this.index = index;
      this.value = value;
    }
  }

  /** Writes the branch that was meant, not the first that would do. */
  private static final class Writer extends GenericDatumWriter<Object> {
    Writer(Schema schema) {
      super(schema);
    }

    @Override
    protected void writeWithoutConversion(Schema schema, Object datum, org.apache.avro.io.Encoder out)
        throws java.io.IOException {
      if (schema.getType() == Schema.Type.UNION && datum instanceof Branch) {
        Branch branch = (Branch) datum;
        out.writeIndex(branch.index);
        write(schema.getTypes().get(branch.index), branch.value, out);
      } else {
        super.writeWithoutConversion(schema, datum, out);
      }
    }
  }

  /** Whether a reader sees a value as it was written; fields meet by the names that the reader's aliases give them. */
  private static final class Comparison {
    String lost(Schema writer, Object written, Object read) {
      if (written instanceof Branch) {
        Branch branch = (Branch) written;
        return lost(writer.getTypes().get(branch.index), branch.value, read);
      }
      switch (writer.getType()) {
      case NULL:
        return read == null ? null : "null became " + read;
      case INT:
      case LONG:
      case FLOAT:
      case DOUBLE:
        return read instanceof Number && same((Number) written, (Number) read) ? null : written + " became " + read;
      case STRING:
      case BYTES:
        return text(written).equals(text(read)) ? null : text(written) + " became " + read;
      case FIXED:
        return read instanceof GenericData.Fixed
            && java.util.Arrays.equals(((GenericData.Fixed) written).bytes(), ((GenericData.Fixed) read).bytes()) ? null
                : "fixed became " + read;
      case ENUM: {
        if (!(read instanceof GenericData.EnumSymbol))
          return written + " became " + read;
        Schema of = ((GenericData.EnumSymbol) read).getSchema();
        // A symbol that the reader does not have becomes its default.
        String expected = of.hasEnumSymbol(written.toString()) ? written.toString() : of.getEnumDefault();
        return read.toString().equals(expected) ? null : written + " became " + read;
      }
      case ARRAY: {
        List<?> mine = (List<?>) read;
        List<?> theirs = (List<?>) written;
        if (mine.size() != theirs.size())
          return mine.size() + " of " + theirs.size();
        for (int i = 0; i < mine.size(); ++i) {
          String found = lost(writer.getElementType(), theirs.get(i), mine.get(i));
          if (found != null)
            return "[" + i + "] " + found;
        }
        return null;
      }
      case MAP: {
        Map<String, Object> mine = new HashMap<>();
        for (Map.Entry<?, ?> entry : ((Map<?, ?>) read).entrySet())
          mine.put(entry.getKey().toString(), entry.getValue());
        Map<?, ?> theirs = (Map<?, ?>) written;
        if (mine.size() != theirs.size())
          return mine.size() + " of " + theirs.size();
        for (Map.Entry<?, ?> entry : theirs.entrySet()) {
          String found = lost(writer.getValueType(), entry.getValue(), mine.get(entry.getKey().toString()));
          if (found != null)
            return "{" + entry.getKey() + "} " + found;
        }
        return null;
      }
      case RECORD:
        return record((GenericData.Record) written, (GenericData.Record) read);
      default:
        return written.equals(read) ? null : written + " became " + read;
      }
    }

    private String record(GenericData.Record written, GenericData.Record read) {
      for (Schema.Field mine : read.getSchema().getFields()) {
        Schema.Field source = null;
        for (Schema.Field theirs : written.getSchema().getFields()) {
          if (theirs.name().equals(mine.name()) || (source == null && mine.aliases().contains(theirs.name())))
            source = theirs;
        }
        if (source == null) {
          String found = defaulted(mine, read.get(mine.pos()));
          if (found != null)
            return mine.name() + " " + found;
          continue;
        }
        String found = lost(source.schema(), written.get(source.pos()), read.get(mine.pos()));
        if (found != null)
          return mine.name() + " " + found;
      }
      return null;
    }

    /** A field that was not written has to be its default, as it stands in the schema. */
    private String defaulted(Schema.Field field, Object read) {
      JsonNode expected = Accessor.defaultValue(field);
      JsonNode found = JSON.valueToTree(plain(read));
      if (expected.isNumber() && found.isNumber())
        return same(expected.decimalValue(), found.decimalValue()) ? null : expected + " became " + found;
      if (!expected.isValueNode() || !found.isValueNode())
        return expected.getNodeType() == found.getNodeType() ? null : expected + " became " + found;
      return expected.equals(found) ? null : expected + " became " + found;
    }

    private Object plain(Object value) {
      if (value == null || value instanceof Number || value instanceof Boolean)
        return value;
      if (value instanceof ByteBuffer)
        return new String(((ByteBuffer) value).array(), StandardCharsets.ISO_8859_1);
      if (value instanceof GenericData.Fixed)
        return new String(((GenericData.Fixed) value).bytes(), StandardCharsets.ISO_8859_1);
      if (value instanceof List)
        return new ArrayList<Object>();
      if (value instanceof Map || value instanceof GenericData.Record)
        return new HashMap<String, Object>();
      return value.toString();
    }

    /** Promotions may round. */
    private boolean same(Number written, Number read) {
      if (read instanceof Float)
        return written.floatValue() == read.floatValue();
      if (read instanceof Double)
        return written.doubleValue() == read.doubleValue();
      return written.doubleValue() == read.doubleValue() && written.longValue() == read.longValue();
    }

    private String text(Object value) {
      if (value instanceof ByteBuffer)
        return StandardCharsets.UTF_8.decode(((ByteBuffer) value).duplicate()).toString();
      return String.valueOf(value);
    }
  }

  private static String shown(Throwable error) {
    return error.getClass().getSimpleName() + ": " + error.getMessage();
  }

  /** What of `count` random values of the writer the reader does not read as it was. */
  private static Object witness(String readerText, String writerText, int count, Random random) {
    Schema reader = new Schema.Parser().parse(readerText);
    Schema writer = new Schema.Parser().parse(writerText);
    Values values = new Values(random);
    int written = 0;
    for (int i = 0; i < count; ++i) {
      Object value;
      byte[] bytes;
      try {
        value = values.of(writer, 0);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(out, null);
        new Writer(writer).write(value, encoder);
        encoder.flush();
        bytes = out.toByteArray();
      } catch (Exception | StackOverflowError error) {
        continue; // no such value can be written
      }
      ++written;
      Object read;
      try {
        BinaryDecoder decoder = DecoderFactory.get().binaryDecoder(bytes, null);
        read = new GenericDatumReader<Object>(writer, reader).read(null, decoder);
        if (!decoder.isEnd())
          return "bytes are left of " + value;
      } catch (Exception | StackOverflowError error) {
        return shown(error);
      }
      String lost = new Comparison().lost(writer, value, read);
      if (lost != null)
        return lost;
    }
    return written == 0 ? Boolean.FALSE : null;
  }

  private static JsonNode answer(JsonNode question) {
    ObjectNode refused = JSON.createObjectNode();
    for (String name : new String[] { "a", "b" }) {
      try {
        new Schema.Parser().parse(question.get(name).asText());
      } catch (Exception error) {
        refused.put(name, shown(error));
      }
    }
    ObjectNode out = JSON.createObjectNode();
    if (!refused.isEmpty()) {
      out.set("refused", refused);
      return out;
    }
    Random random = new Random(question.get("seed").asLong());
    int count = question.get("records").asInt();
    String a = question.get("a").asText();
    String b = question.get("b").asText();
    out.set("ab", JSON.valueToTree(witness(a, b, count, random)));
    out.set("ba", JSON.valueToTree(witness(b, a, count, random)));
    return out;
  }

  public static void main(String[] arguments) throws Exception {
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine())
      System.out.println(JSON.writeValueAsString(answer(JSON.readTree(line))));
  }
}
