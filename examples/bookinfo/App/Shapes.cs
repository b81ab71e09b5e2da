namespace Mesh.Bookinfo;

/// <summary>What the details service knows of a book.</summary>
internal sealed record BookDetails(int Id, string Title, string Author, int Year, int Pages);

/// <summary>One reader's opinion; stars are absent where this version of reviews does not ask for ratings.</summary>
internal sealed record Review(string Reader, string Text, int? Stars, string? Color);

/// <summary>What the reviews service answers, and which version of it did.</summary>
internal sealed record ReviewList(string Version, IReadOnlyList<Review> Reviews);

/// <summary>Stars by reader.</summary>
internal sealed record RatingList(IReadOnlyDictionary<string, int> Stars);

/// <summary>The whole page as data.</summary>
internal sealed record Page(BookDetails? Details, ReviewList? Reviews);
